import { useTranslation } from 'react-i18next';
import type { Role } from '@/auth/roles';
import { SelectField } from '@/ui/SelectField';
import { useChangeUser, type User } from '../queries';
import { ROLES } from './RoleMatrix';

/** The role, changed in place; the words of the change can take it back. */
export function RoleSelect({ user }: { user: User }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const change = useChangeUser();
  return (
    <SelectField
      label={t('role_of', { name: user.name })}
      hideLabel
      value={user.role}
      disabled={change.isPending}
      options={ROLES.map((value) => ({ value, label: common(`role.${value}`) }))}
      onChange={(value) => {
        const role = value as Role;
        change.mutate({
          user,
          change: { role },
          words: t('role_changed', { name: user.name, role: common(`role.${role}`) }),
          undo: { role: user.role },
        });
      }}
    />
  );
}
