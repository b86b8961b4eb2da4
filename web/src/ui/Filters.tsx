import { IconFilter } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { usePhone } from './useMedia';

/** A row of filters; on a phone behind one button that says how many of them hide rows. */
export function Filters({ active, children }: { active: number; children: React.ReactNode }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  if (!phone) return children;
  return (
    <>
      <Button
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <IconFilter size={18} stroke={1.7} aria-hidden />
        {active > 0 ? t('action.filters_active', { count: active }) : t('action.filters')}
      </Button>
      {open && children}
    </>
  );
}
