import { IconBarcode, IconScan, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Kbd } from '@/ui/Kbd';
import { Button } from '@/ui/Button';
import { useMedia } from '@/ui/useMedia';
import styles from '../till.module.css';
import { canReadCodes } from '@/scanner/camera';

/** Where a name, a code or `3*riz` is typed; a scan needs no field at all. */
export function SearchBar({
  value,
  placeholder,
  onChange,
  onEnter,
  onCamera,
  inputRef,
}: {
  value: string;
  placeholder: string;
  onChange: (value: string) => void;
  onEnter: () => void;
  onCamera: () => void;
  inputRef: React.RefObject<HTMLInputElement | null>;
}) {
  const { t } = useTranslation('till');
  const touch = useMedia('(max-width: 1099px)');
  return (
    <div className={styles['search']} role="search">
      <div className={styles['field']}>
        {touch ? (
          <IconSearch size={22} stroke={1.6} aria-hidden />
        ) : (
          <IconBarcode size={22} stroke={1.6} aria-hidden />
        )}
        <input
          ref={inputRef}
          type="search"
          enterKeyHint="done"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-label={t('search')}
          aria-keyshortcuts="F2"
          placeholder={touch ? t('search_short') : placeholder}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey) return;
            event.preventDefault();
            onEnter();
          }}
        />
        <Kbd>F2</Kbd>
      </div>
      {canReadCodes() && (
        <Button onClick={onCamera} style={{ minHeight: 48 }}>
          <IconScan size={22} stroke={1.6} aria-hidden />
          {t('scan')}
        </Button>
      )}
    </div>
  );
}
