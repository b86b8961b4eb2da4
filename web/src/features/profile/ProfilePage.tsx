import { useTranslation } from 'react-i18next';
import { useSession } from '@/auth/useSession';
import { formatDate } from '@/format/dates';
import { Page, PageHeader, Section } from '@/ui/page';
import { Details } from '@/ui/Details';
import { PasswordChange } from './PasswordChange';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';

export default function ProfilePage() {
  const { t } = useTranslation('profile');
  const { t: common } = useTranslation();
  const { user } = useSession();
  if (!user) return null;
  return (
    <Page>
      <PageHeader title={t('title')} />
      <Section title={t('me')}>
        <Details
          items={[
            { label: t('name'), value: user.name },
            { label: t('email'), value: user.email },
            { label: t('role'), value: common(`role.${user.role}`) },
            { label: t('since'), value: formatDate(user.created_at) },
          ]}
        />
      </Section>
      <Sessions />
      <PasswordChange />
      <SecondFactor />
    </Page>
  );
}
