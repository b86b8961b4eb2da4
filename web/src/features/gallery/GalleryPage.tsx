import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { formatAmount } from '@/format/money';
import { Button } from '@/ui/Button';
import { Details } from '@/ui/Details';
import { Dialog, DialogActions, Drawer } from '@/ui/Dialog';
import { CheckField, PasswordField, Segments, TextField } from '@/ui/fields';
import { lastDays, MoneyField, PeriodField, QuantityField, type Period } from '@/ui/figures';
import { DoubleRule, Figure } from '@/ui/Money';
import { DaysLeft, Diamond, FilterSelect, Progress } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section, Tabs } from '@/ui/page';
import { Age, ErrorState, Forbidden, NoRecords, NoResults, Offline, Skeleton } from '@/ui/states';
import { Change, CompareStrip, Strip } from '@/ui/Strip';
import { Table, type Column } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import styles from './gallery.module.css';

// For those who build the app, beside the dev server only: its words are not translated.

interface Row {
  name: string;
  stock: string;
  price: number;
}

const rows: Row[] = [
  { name: 'Bière Primus 72 cl', stock: '54', price: 385_000 },
  { name: 'Farine de maïs', stock: '14,5 kg', price: 225_000 },
  { name: 'Huile végétale Golden Fry 1 l', stock: '8', price: 790_000 },
];

const columns: Column<Row>[] = [
  { key: 'name', head: 'Article', rowHead: true, sort: 'name', cell: (row) => row.name },
  { key: 'stock', head: 'Stock', figure: true, margin: true, cell: (row) => row.stock },
  {
    key: 'price',
    head: 'Prix, FC',
    figure: true,
    sort: 'price_minor',
    cell: (row) => formatAmount(row.price, 'CDF'),
    foot: <DoubleRule>{formatAmount(1_400_000, 'CDF')}</DoubleRule>,
  },
];

const JUST_NOW = Date.now() - 8000;
const EARLIER = JUST_NOW - 12 * 60_000;

const failure = new Problem(503, {
  code: 'server.unavailable',
  title: 'The service is busy',
  request_id: '01a228cd-a312-7b7f-8206-650ea9e84826',
});

/** Every shared part in every state, to be laid beside the pictures. */
export default function GalleryPage() {
  return (
    <Page>
      <PageHeader
        title="États"
        counts="les mêmes pour chaque table et chaque graphique"
        actions={
          <>
            <Button>Importer</Button>
            <Button look="ink">
              <IconPlus size={18} stroke={1.8} aria-hidden />
              Nouvel article
            </Button>
          </>
        }
      />
      <div className={styles['thirds']}>
        <Section title="Chargement" note="avant les données">
          <Table
            caption="Chargement"
            columns={columns}
            rows={[]}
            rowKey={String}
            instead={<Skeleton rows={4} widths={[60, 20, 20]} />}
          />
        </Section>
        <Section title="Vide" note="rien n’existe">
          <Table
            caption="Vide"
            columns={columns}
            rows={[]}
            rowKey={String}
            instead={
              <NoRecords
                title="Pas encore d’article."
                actions={
                  <>
                    <Button look="ink">Importer un fichier</Button>
                    <Button>Nouvel article</Button>
                  </>
                }
              >
                Ajoutez-les un à un, ou chargez votre fichier Excel : les colonnes sont reconnues,
                rien n’est écrit sans votre accord.
              </NoRecords>
            }
          />
        </Section>
        <Section title="Sans résultat" note="les filtres cachent tout">
          <Table
            caption="Sans résultat"
            columns={columns}
            rows={[]}
            rowKey={String}
            instead={
              <NoResults
                title="Aucun article ne répond à « sardne » en stock bas."
                onClear={() => undefined}
              >
                Vouliez-vous dire <a href="#sardine">sardine</a> (3 articles) ?
              </NoResults>
            }
          />
        </Section>
        <Section title="Erreur" note="5xx, délai">
          <ErrorState error={failure} onRetry={() => undefined}>
            Vos saisies sont gardées. Les chiffres ci-dessous datent de 19:22.
          </ErrorState>
        </Section>
        <Section title="Hors ligne" note="réseau">
          <Offline dataAt={EARLIER}>
            Les ventes continuent à la caisse ; 2 attendent d’être envoyées.
          </Offline>
        </Section>
        <Section title="Réservé" note="403">
          <Forbidden title="Les marges sont réservées.">
            Votre rôle (caisse) voit les prix, pas les coûts. Demandez à Furaha Mapendo.
          </Forbidden>
        </Section>
        <Section title="Âge" note="toujours visible">
          <p>
            <Age at={JUST_NOW} />
          </p>
          <p>
            <Age at={EARLIER} onRecompute={() => undefined} />
          </p>
        </Section>
        <Section title="Annuler" note="actions">
          <Button
            onClick={() => {
              toast('3 articles archivés', { undo: () => undefined });
            }}
          >
            Archiver trois articles
          </Button>
          <Notice alert title="Adresse ou mot de passe incorrect.">
            Réessayez dans 14:59.
          </Notice>
        </Section>
        <Section title="Fiches" note="noms et valeurs">
          <Details
            items={[
              {
                label: 'Nom',
                value: 'Alimentation Chez Furaha',
                action: <Button look="link">Modifier</Button>,
              },
            ]}
          />
        </Section>
      </div>
      <Figures />
      <Marks />
      <Fields />
    </Page>
  );
}

function Figures() {
  return (
    <>
      <CompareStrip
        caption="28 jours"
        corner="Du 1er au 28 novembre"
        heads={['Ventes TTC, FC', 'Marge brute, FC', 'Tickets']}
        rows={[
          { head: '28 jours', kind: 'lead', cells: ['20 542 238', '2 211 853', '1 995'] },
          { head: '28 jours d’avant', kind: 'quiet', cells: ['20 752 262', '2 239 834', '1 973'] },
          {
            head: 'Écart',
            cells: [
              <>
                −210 025 <Change ratio={-0.01} />
              </>,
              <>
                −27 982 <Change ratio={-0.012} />
              </>,
              <>
                +22 <Change ratio={0.011} />
              </>,
            ],
          },
        ]}
      />
      <Strip
        items={[
          {
            label: 'Prix de vente',
            value: <Figure minor={340_000} currency="CDF" />,
            note: 'FC le kg, TVA 0 %',
          },
          { label: 'En stock', value: '53,25', note: 'kg dans 2 lieux, seuil 39' },
          { label: 'Jours restants', value: '9', note: 'livraison en 7 jours' },
        ]}
      />
      <Tabs
        label="Vues"
        tabs={[
          { to: '/galerie', label: 'Tous 177', current: true },
          { to: '/galerie?vue=bas', label: 'Stock bas 48', current: false },
        ]}
      />
      <Table
        caption="Articles"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.name}
        sort="name"
        onSort={() => undefined}
        selected={(row) => row.stock === '8'}
      />
    </>
  );
}

function Marks() {
  return (
    <Section title="Marques" note="partagées par plusieurs pages">
      <p>
        <DaysLeft days={2} leadTimeDays={7} isShort />{' '}
        <DaysLeft days={12} leadTimeDays={7} isShort={false} />{' '}
        <Diamond severity="high" label="Grave" /> <Diamond severity="medium" label="Moyen" />{' '}
        <Diamond severity="low" label="Léger" />{' '}
        <Progress value={0.62} label="ventes_2026-11.xlsx" />{' '}
        <FilterSelect
          label="Catégorie"
          value=""
          onChange={() => undefined}
          options={[{ value: '', label: 'Toutes' }]}
        />
      </p>
    </Section>
  );
}

function Fields() {
  const [amount, setAmount] = useState<number | undefined>(1_250_000);
  const [quantity, setQuantity] = useState(2);
  const [period, setPeriod] = useState<Period>(() => lastDays(28));
  const [segment, setSegment] = useState<'a' | 'b'>('a');
  const [checked, setChecked] = useState(true);
  const [open, setOpen] = useState<'dialog' | 'drawer'>();
  const close = () => {
    setOpen(undefined);
  };
  return (
    <Section title="Saisies" note="ce qui se tape et se choisit">
      <div className={styles['fields']}>
        <TextField label="Nom" hint="Il s’imprime en haut de chaque ticket." />
        <TextField label="Code" error="Ce code est déjà celui d’un autre article." />
        <PasswordField label="Mot de passe" capsLockWords="Verr. Maj est activé." />
        <MoneyField label="Prix" currency="CDF" minor={amount} onChange={setAmount} />
        <QuantityField label="Quantité" value={quantity} onChange={setQuantity} />
        <Segments
          label="Monnaie"
          value={segment}
          onChange={setSegment}
          options={[
            { value: 'a', label: 'Franc' },
            { value: 'b', label: 'Dollar' },
          ]}
        />
        <CheckField
          checked={checked}
          onChange={(event) => {
            setChecked(event.target.checked);
          }}
        >
          Accepter aussi le dollar
        </CheckField>
        <PeriodField value={period} onChange={setPeriod} />
        <div>
          <Button look="mango">Valider l’import</Button> <Button look="chili">Suspendre</Button>{' '}
          <Button disabled>Réseau nécessaire</Button> <Button look="link">Tout voir</Button>
        </div>
        <div>
          <Button
            onClick={() => {
              setOpen('dialog');
            }}
          >
            Boîte
          </Button>{' '}
          <Button
            onClick={() => {
              setOpen('drawer');
            }}
          >
            Tiroir
          </Button>
        </div>
      </div>
      <Dialog title="Vider le ticket ?" opened={open === 'dialog'} onClose={close}>
        <p>Ses lignes sont retirées. Rien n’est vendu.</p>
        <DialogActions>
          <Button onClick={close}>Annuler</Button>
          <Button look="chili" onClick={close}>
            Vider le ticket
          </Button>
        </DialogActions>
      </Dialog>
      <Drawer title="Ticket 047757" opened={open === 'drawer'} onClose={close}>
        <p>Le détail, à côté de la liste.</p>
      </Drawer>
    </Section>
  );
}
