import { useTranslation } from 'react-i18next';
import { routes } from '@/app/routes';
import { formatMoment } from '@/format/dates';
import { useShop } from '@/shop/useShop';
import { ButtonLink } from '@/ui/Button';
import { Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import type { Import } from './api';
import { EffectRows } from './EffectRows';
import styles from './imports.module.css';
import { UndoImport } from './UndoImport';
import { Undone } from './Undone';

const LEADS_TO = { products: '/produits', stock: '/inventaire', sales: '/ventes' } as const;

/** What was written, and its undoing; or why nothing will be. */
export function DoneStep({ found }: { found: Import }) {
  const { t } = useTranslation('imports');
  const { settings } = useShop();
  if (found.undone) return <Undone undone={found.undone} />;
  if (found.state !== 'committed') {
    const state =
      found.state === 'undone' || found.state === 'failed' ? found.state : ('expired' as const);
    return (
      <Section title={t(`state.${state}`)}>
        <NoRecords
          title={t(`ended.${state}`)}
          actions={
            <ButtonLink to="/import" look="ink">
              {t('send_another')}
            </ButtonLink>
          }
        >
          {t('ended_why')}
        </NoRecords>
      </Section>
    );
  }
  const to = LEADS_TO[found.kind];
  return (
    <div className={styles['result']}>
      <Section
        title={t('done_title')}
        note={found.committed_at ? formatMoment(found.committed_at) : undefined}
      >
        <EffectRows effects={found.effects} currency={settings?.currency ?? 'CDF'} />
      </Section>
      <div className={styles['actions']}>
        {routes.some((route) => route.path === to) && (
          <ButtonLink to={to} look="ink">
            {t(`leads_to.${found.kind}`)}
          </ButtonLink>
        )}
        <ButtonLink to="/import">{t('send_another')}</ButtonLink>
        <ButtonLink to={`/import/${found.id}/verification?lignes=toutes`}>
          {t('see_rows')}
        </ButtonLink>
        <UndoImport id={found.id} />
      </div>
    </div>
  );
}
