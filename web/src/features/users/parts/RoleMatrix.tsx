import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { roleMay, type Role } from '@/auth/roles';
import { cx } from '@/ui/cx';
import { Section } from '@/ui/page';
import { MATRIX } from '../matrix';
import styles from '../users.module.css';

export const ROLES: readonly Role[] = ['admin', 'manager', 'cashier', 'viewer'];

/** Who may do what; the column of the chosen user's role is tinted. */
export function RoleMatrix({ chosen }: { chosen: Schemas['User'] | undefined }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  return (
    <Section title={t('matrix')} note={chosen ? t('matrix_of', { name: chosen.name }) : undefined}>
      {/* Focusable, so that a keyboard can scroll what is wider than the page. */}
      <div className={styles['frame']} role="group" aria-label={t('matrix')} tabIndex={0}>
        <table className={styles['matrix']}>
          <caption className="visually-hidden">{t('matrix')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('may')}</th>
              {ROLES.map((role) => (
                <th
                  key={role}
                  scope="col"
                  className={cx(role === chosen?.role && styles['tinted'])}
                >
                  {common(`role.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {MATRIX.map(([words, deed]) => (
              <tr key={words}>
                <th scope="row">{t(`deed.${words}`)}</th>
                {ROLES.map((role) => (
                  <td key={role} className={cx(role === chosen?.role && styles['tinted'])}>
                    {roleMay(role, deed) ? (
                      <>
                        <IconCheck size={18} stroke={1.8} aria-hidden />
                        <span className="visually-hidden">{t('yes')}</span>
                      </>
                    ) : (
                      <>
                        <span aria-hidden>–</span>
                        <span className="visually-hidden">{t('no')}</span>
                      </>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** What each role is for, in a sentence. */
export function RolesInWords() {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  return (
    <Section title={t('roles')}>
      <dl className={styles['roles']}>
        {ROLES.map((role) => (
          <div key={role}>
            <dt>{common(`role.${role}`)}</dt>
            <dd>{t(`about.${role}`)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
