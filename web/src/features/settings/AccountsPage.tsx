import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { accountsQuery } from '@/api/queries';
import { formatDate } from '@/format/dates';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, NoRecords, NoResults, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import { AccountDialog, RenameAccountDialog } from './parts/accountDialogs';
import { SettingsTabs } from './parts/SettingsTabs';
import { useArchiveAccount, type Account } from './queries';
import styles from './settings.module.css';

// On a phone there is room for what the account is called, takes, and what can be done with it.
const WIDE = new Set(['state', 'since']);

/** The wallets, terminals and bank accounts that money may go to. */
export default function AccountsPage() {
  const { t } = useTranslation('settings');
  const { get, set } = useAddress();
  const [isAdding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<Account>();
  const { data, error, isPending, refetch } = useQuery(accountsQuery);
  const archive = useArchiveAccount((account) =>
    t(account.archived ? 'account_archived' : 'account_unarchived', { name: account.name }),
  );
  const phone = usePhone();
  const showsAll = get('comptes') === 'tous';
  const accounts = (data ?? []).filter((account) => showsAll || !account.archived);
  const add = () => {
    setAdding(true);
  };
  const columns: Column<Account>[] = [
    { key: 'name', head: t('account'), rowHead: true, cell: (account) => account.name },
    {
      key: 'method',
      head: t('method'),
      cell: (account) => t(`method_of.${account.method}`),
    },
    {
      key: 'state',
      head: t('state'),
      quiet: true,
      cell: (account) => (account.archived ? t('archived') : t('open')),
    },
    {
      key: 'since',
      head: t('since'),
      quiet: true,
      cell: (account) => formatDate(account.created_at),
    },
    {
      key: 'deeds',
      head: <span className="visually-hidden">{t('rename')}</span>,
      figure: true,
      cell: (account) => (
        <span className={styles['deeds']}>
          <Button
            look="link"
            aria-label={`${t('rename')} ${account.name}`}
            onClick={() => {
              setRenaming(account);
            }}
          >
            {t('rename')}
          </Button>
          <Button
            look="link"
            aria-label={`${t(account.archived ? 'unarchive' : 'archive')} ${account.name}`}
            onClick={() => {
              archive.mutate(account);
            }}
          >
            {t(account.archived ? 'unarchive' : 'archive')}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <Button look="ink" onClick={add}>
            <IconPlus size={18} stroke={1.7} aria-hidden />
            {t('account_new')}
          </Button>
        }
      >
        <SettingsTabs current="accounts" />
      </PageHeader>
      <Section
        title={t('accounts')}
        note={t('accounts_note')}
        action={
          data?.some((account) => account.archived) && (
            <FilterSelect
              label={t('shown')}
              value={showsAll ? 'tous' : ''}
              options={[
                { value: '', label: t('show_open') },
                { value: 'tous', label: t('show_all') },
              ]}
              onChange={(comptes) => {
                set({ comptes });
              }}
            />
          )
        }
      >
        <Table<Account>
          caption={t('accounts')}
          rows={accounts}
          rowKey={(account) => account.id}
          columns={columns.filter(({ key }) => !phone || !WIDE.has(key))}
          instead={
            isPending ? (
              <Skeleton rows={4} widths={[30, 25, 15, 15, 15]} />
            ) : error && !data ? (
              <ErrorState error={error} onRetry={() => void refetch()} />
            ) : data?.length === 0 ? (
              <NoRecords
                title={t('accounts_empty')}
                actions={<Button onClick={add}>{t('account_new')}</Button>}
              >
                {t('accounts_empty_why')}
              </NoRecords>
            ) : accounts.length === 0 ? (
              <NoResults
                title={t('accounts_none')}
                onClear={() => {
                  set({ comptes: 'tous' });
                }}
              />
            ) : undefined
          }
        />
        <p className={styles['note']}>{t('cash_note')}</p>
      </Section>
      {isAdding && (
        <AccountDialog
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      {renaming && (
        <RenameAccountDialog
          account={renaming}
          onClose={() => {
            setRenaming(undefined);
          }}
        />
      )}
    </Page>
  );
}
