import { IconUpload } from '@tabler/icons-react';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from '@/ui/cx';
import { MOST_BYTES, pastedFile } from './api';
import styles from './imports.module.css';

/** Where a file comes in: dragged, chosen, or pasted out of a spreadsheet. */
export function DropZone({
  busy,
  onFile,
}: {
  busy: string | undefined;
  onFile: (file: File) => void;
}) {
  const { t } = useTranslation('imports');
  const id = useId();
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string>();
  const idle = busy === undefined;
  const take = (file: File | null | undefined) => {
    if (!file || !idle) return;
    const problem =
      file.size > MOST_BYTES ? t('too_large') : file.size === 0 ? t('is_empty') : undefined;
    setRefused(problem);
    if (!problem) onFile(file);
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.matches('textarea, [type=text]'))
        return;
      const data = event.clipboardData;
      const file = data?.files[0] ?? pastedFile(data?.getData('text') ?? '');
      if (file) {
        event.preventDefault();
        take(file);
      }
    };
    // Dropped anywhere on the page: nobody has to aim.
    const hold = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer?.files[0]);
    };
    addEventListener('paste', paste);
    addEventListener('dragover', hold);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('paste', paste);
      removeEventListener('dragover', hold);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  });
  return (
    <div className={cx(styles['drop'], over && styles['over'])}>
      <input
        id={id}
        type="file"
        className="visually-hidden"
        accept=".csv,.tsv,.txt,.xlsx,.xls,.xlsb,.ods"
        disabled={!idle}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          take(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <label htmlFor={id} className={styles['choose']}>
        <IconUpload size={20} stroke={1.7} aria-hidden />
        {busy ?? t('choose')}
      </label>
      <p>{t('drop_or_paste')}</p>
      <p id={`${id}-hint`} className={styles['hint']}>
        {t('formats')}
      </p>
      {refused && (
        <p role="alert" className={styles['bad']}>
          {refused}
        </p>
      )}
    </div>
  );
}
