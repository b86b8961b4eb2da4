import { IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { useSession } from '@/auth/useSession';
import { formatDate, formatMoment } from '@/format/dates';
import { Button } from '@/ui/Button';
import { Drawer } from '@/ui/Dialog';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { NoRecords, ErrorState, NoResults, Skeleton, useAge, useNow } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import { NewUserDialog } from './parts/dialogs';
import { NewestDeeds } from './parts/NewestDeeds';
import { RoleMatrix, RolesInWords } from './parts/RoleMatrix';
import { RoleSelect } from './parts/RoleSelect';
import { AccessWords, UserPanel } from './parts/UserPanel';
import { UsersTabs } from './parts/UsersTabs';
import { usersQuery, type ListedUser } from './queries';
import styles from './users.module.css';

const SHOWN = {
  '': () => true,
  ouvert: (user: ListedUser) => !user.disabled,
  suspendu: (user: ListedUser) => user.disabled,
};
type Shown = keyof typeof SHOWN;

export default function UsersPage() {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const { user: self } = useSession();
  const phone = usePhone();
  const { get, set } = useAddress();
  const [isAdding, setAdding] = useState(false);
  const { data, error, isPending, refetch } = useQuery(usersQuery);
  const shown = (get('acces') in SHOWN ? get('acces') : '') as Shown;
  const users = data?.filter(SHOWN[shown]) ?? [];
  const chosen = data?.find((user) => user.id === get('qui'));
  const choose = (id: string | undefined) => {
    set({ qui: id });
  };
  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <Button
            look="ink"
            onClick={() => {
              setAdding(true);
            }}
          >
            <IconUserPlus size={18} stroke={1.7} aria-hidden />
            {t('add')}
          </Button>
        }
      >
        <UsersTabs current="users" count={data?.length} />
      </PageHeader>
      {data?.some((user) => user.disabled) && (
        <div className={styles['filters']}>
          <FilterSelect
            label={t('shown')}
            value={shown}
            options={[
              { value: '', label: t('show_all') },
              { value: 'ouvert', label: t('show_active') },
              { value: 'suspendu', label: t('show_suspended') },
            ]}
            onChange={(acces) => {
              set({ acces });
            }}
          />
        </div>
      )}
      <Users
        users={users}
        phone={phone}
        self={self?.id}
        chosen={chosen}
        onChoose={choose}
        instead={
          isPending ? (
            <Skeleton rows={5} widths={[20, 30, 20, 20, 10]} />
          ) : error && !data ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : users.length === 0 ? (
            <NoResults
              title={t('none')}
              onClear={() => {
                set({ acces: undefined });
              }}
            />
          ) : undefined
        }
      />
      {data?.length === 1 && <NoRecords title={t('empty')}>{t('empty_why')}</NoRecords>}
      <div className={styles['columns']}>
        <RoleMatrix chosen={chosen} />
        <div>
          {chosen && !phone && (
            <Section
              title={chosen.name}
              action={
                <Button
                  look="link"
                  onClick={() => {
                    choose(undefined);
                  }}
                >
                  {common('action.close')}
                </Button>
              }
            >
              <UserPanel key={chosen.id} user={chosen} isSelf={chosen.id === self?.id} />
            </Section>
          )}
          <RolesInWords />
          <NewestDeeds chosen={chosen} />
        </div>
      </div>
      {chosen && phone && (
        <Drawer
          title={chosen.name}
          opened
          onClose={() => {
            choose(undefined);
          }}
        >
          <UserPanel key={chosen.id} user={chosen} isSelf={chosen.id === self?.id} />
        </Drawer>
      )}
      {isAdding && (
        <NewUserDialog
          onClose={(user) => {
            setAdding(false);
            if (user) choose(user.id);
          }}
        />
      )}
    </Page>
  );
}

/** The table; on a phone two lines for each user, and a press opens them. */
function Users({
  users,
  phone,
  self,
  chosen,
  onChoose,
  instead,
}: {
  users: readonly ListedUser[];
  phone: boolean;
  self: string | undefined;
  chosen: ListedUser | undefined;
  onChoose: (id: string) => void;
  instead: React.ReactNode;
}) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  if (phone && !instead) {
    return (
      <RowList
        label={t('title')}
        rows={users.map((user) => ({
          key: user.id,
          title: user.name,
          note: (
            <>
              {user.email}, <LastSeen user={user} />
            </>
          ),
          figure: common(`role.${user.role}`),
          ...(user.disabled && { figureNote: <AccessWords user={user} /> }),
          onOpen: () => {
            onChoose(user.id);
          },
        }))}
      />
    );
  }
  const columns: Column<ListedUser>[] = [
    {
      key: 'name',
      head: t('name'),
      rowHead: true,
      cell: (user) => (
        <>
          {user.name}
          {user.id === self && <span className={styles['quiet']}> {t('you')}</span>}
        </>
      ),
    },
    { key: 'email', head: t('email'), quiet: true, cell: (user) => user.email },
    {
      key: 'role',
      head: t('role'),
      cell: (user) => (
        <div className={styles['role']}>
          <RoleSelect user={user} />
        </div>
      ),
    },
    { key: 'access', head: t('access'), cell: (user) => <AccessWords user={user} /> },
    {
      key: 'seen',
      head: t('last_seen'),
      quiet: true,
      cell: (user) => <LastSeen user={user} />,
    },
    {
      key: 'since',
      head: t('since'),
      quiet: true,
      cell: (user) => formatDate(user.created_at),
    },
    {
      key: 'open',
      head: <span className="visually-hidden">{common('action.open')}</span>,
      figure: true,
      cell: (user) => (
        <Button
          look="link"
          aria-label={`${common('action.open')} ${user.name}`}
          onClick={() => {
            onChoose(user.id);
          }}
        >
          {common('action.open')}
        </Button>
      ),
    },
  ];
  return (
    <div className={styles['users']}>
      <Table<ListedUser>
        caption={t('title')}
        rows={users}
        rowKey={(user) => user.id}
        selected={(user) => user.id === chosen?.id}
        columns={columns}
        instead={instead}
      />
    </div>
  );
}

const RECENT_MS = 24 * 3_600_000;

/** "il y a 12 min" within a day, then the date. */
function LastSeen({ user: { last_seen_at: at } }: { user: ListedUser }) {
  const { t } = useTranslation('users');
  const age = useAge();
  const now = useNow(60_000);
  if (at === null) return t('never_seen');
  const passed = now - Date.parse(at);
  return (
    <time dateTime={at}>
      {passed < RECENT_MS ? t('seen_ago', { age: age(passed) }) : formatMoment(at)}
    </time>
  );
}
