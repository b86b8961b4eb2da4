import { useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok } from '@/api/client';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/fields';
import { hasWrongCheckDigit, ownBarcode } from '../barcode';
import styles from '../form.module.css';

/** The codes of a product: each is looked up as soon as it is complete, before anybody saves. */
export function BarcodeFields({
  codes,
  ownId,
  errorAt,
  onChange,
}: {
  codes: readonly string[];
  /** The product that is changed: its own codes are no duplicates. */
  ownId: string | undefined;
  errorAt: (index: number) => string | undefined;
  onChange: (codes: readonly string[]) => void;
}) {
  const { t } = useTranslation('products');
  const taken = useQueries({
    queries: codes.map((typed) => {
      const barcode = typed.trim();
      return {
        queryKey: ['products', 'barcode', barcode],
        queryFn: async ({ signal }: { signal: AbortSignal }) => {
          const query = { barcode, limit: 2 };
          const page = await ok(api.GET('/api/v1/products', { params: { query }, signal }));
          return page.items.find(({ id }) => id !== ownId) ?? null;
        },
        enabled: barcode.length >= 4,
        staleTime: 10_000,
      };
    }),
  });
  const change = (index: number, code: string) => {
    onChange(codes.map((before, at) => (at === index ? code : before)));
  };
  return (
    <div className={styles['codes']}>
      {codes.map((code, index) => {
        const other = taken[index]?.data;
        const error = errorAt(index);
        return (
          <TextField
            key={index}
            label={index === 0 ? t('barcode') : t('barcode_more', { number: index + 1 })}
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
            {...(error && { error })}
            hint={
              other ? (
                <strong className={styles['taken']} role="status">
                  {t('barcode_taken')}{' '}
                  <Link href={`/produits/${other.id}`}>
                    {other.name}
                    {other.archived && ` (${t('archived_word')})`}
                  </Link>
                </strong>
              ) : hasWrongCheckDigit(code.trim()) ? (
                <span role="status">{t('barcode_check')}</span>
              ) : index === 0 ? (
                t('barcode_hint')
              ) : undefined
            }
            value={code}
            onChange={(event) => {
              change(index, event.target.value);
            }}
          />
        );
      })}
      <div className={styles['codeDeeds']}>
        {codes.some((code) => code.trim() === '') && (
          <Button
            look="link"
            onClick={() => {
              change(
                codes.findIndex((code) => code.trim() === ''),
                ownBarcode(),
              );
            }}
          >
            {t('barcode_make')}
          </Button>
        )}
        {codes.every((code) => code.trim() !== '') && codes.length < 10 && (
          <Button
            look="link"
            onClick={() => {
              onChange([...codes, '']);
            }}
          >
            {t('barcode_add')}
          </Button>
        )}
      </div>
    </div>
  );
}
