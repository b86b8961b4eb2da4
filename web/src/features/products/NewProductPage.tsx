import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { api, idempotencyKey, ok } from '@/api/client';
import { useAddress } from '@/app/useAddress';
import { Page, PageHeader } from '@/ui/page';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { creationOf, emptyDraft, FIELDS, type Draft } from './draft';
import { ProductForm } from './parts/ProductForm';

const TAX = 'salesflow.last-tax';

/** A new product; a code that was scanned elsewhere is there already. */
export default function NewProductPage() {
  const { t } = useTranslation('products');
  const { get } = useAddress();
  const client = useQueryClient();
  const [, go] = useLocation();
  const [draft, setDraft] = useState<Draft>(() =>
    emptyDraft(get('code'), localStorage.getItem(TAX) ?? '16'),
  );
  // One key for this product, however often it is sent.
  const [key, setKey] = useState(idempotencyKey);
  const errors = useFieldErrors(FIELDS);
  const create = useMutation({
    mutationFn: () =>
      ok(api.POST('/api/v1/products', { params: { header: key }, body: creationOf(draft) })),
    onSuccess: async (product) => {
      localStorage.setItem(TAX, draft.tax);
      await client.invalidateQueries({ queryKey: ['products'] });
      toast(t('created', { name: product.name }));
      go(`/produits/${product.id}`, { replace: true });
    },
    onError: errors.take,
  });
  return (
    <Page>
      <PageHeader title={t('new')} />
      <ProductForm
        isNew
        draft={draft}
        onChange={(next) => {
          setDraft(next);
          setKey(idempotencyKey());
        }}
        onSubmit={() => {
          errors.clear();
          create.mutate();
        }}
        errors={errors}
        busy={create.isPending}
        cancelTo="/produits"
      />
    </Page>
  );
}
