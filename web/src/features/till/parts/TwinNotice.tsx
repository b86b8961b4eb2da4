import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';

/** Another machine has this name: its sales and those of this one have the same numbers. */
export function TwinNotice({ name, onName }: { name: string; onName: (() => void) | undefined }) {
  const { t } = useTranslation('till');
  return (
    <Notice title={t('twin_title', { name })}>
      {onName ? (
        <Button look="link" onClick={onName}>
          {t('twin_rename')}
        </Button>
      ) : (
        t('twin_ask')
      )}
    </Notice>
  );
}
