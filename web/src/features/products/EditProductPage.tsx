import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import { asProblem } from '@/api/problem';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { changesOf, draftOf, FIELDS, type Draft } from './draft';
import { ProductForm } from './parts/ProductForm';
import { patchProduct, productQuery, useShowProduct, type Product } from './queries';

export default function EditProductPage() {
  const { t } = useTranslation('products');
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, isPending, refetch } = useQuery(productQuery(id));
  return (
    <Page>
      <PageHeader title={t('edit_title')} counts={data?.name} />
      {isPending && <Skeleton rows={8} widths={[50, 50]} />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && <Edit key={data.id} read={data} />}
    </Page>
  );
}

function Edit({ read }: { read: Product }) {
  const { t } = useTranslation('products');
  const client = useQueryClient();
  const [, go] = useLocation();
  // What the change is based on: not what a refresh in the background may bring meanwhile.
  const [base] = useState(read);
  const [version, setVersion] = useState(read.version);
  const [draft, setDraft] = useState<Draft>(() => draftOf(read));
  const [overtaken, setOvertaken] = useState(false);
  const errors = useFieldErrors(FIELDS);
  const show = useShowProduct();
  const save = useMutation({
    mutationFn: async () => {
      const change = changesOf(base, draft);
      return Object.keys(change).length === 0
        ? base
        : patchProduct({ id: base.id, version }, change);
    },
    onSuccess: async (product) => {
      show(product);
      toast(t('saved', { name: product.name }));
      go(`/produits/${product.id}`, { replace: true });
      await client.invalidateQueries({ queryKey: ['products'] });
    },
    onError: (failure) => {
      setOvertaken(asProblem(failure).is('request.precondition_failed'));
      errors.take(failure);
    },
  });
  const keepMine = async () => {
    const fresh = await client.fetchQuery({ ...productQuery(base.id), staleTime: 0 });
    setVersion(fresh.version);
    setOvertaken(false);
    errors.clear();
  };
  return (
    <>
      {overtaken && (
        <Notice alert title={t('overtaken')}>
          <Button look="link" onClick={() => void keepMine()}>
            {t('keep_mine')}
          </Button>
        </Notice>
      )}
      <ProductForm
        draft={draft}
        onChange={setDraft}
        onSubmit={() => {
          errors.clear();
          save.mutate();
        }}
        errors={overtaken ? { ...errors, rest: undefined } : errors}
        busy={save.isPending}
        ownId={base.id}
        cancelTo={`/produits/${base.id}`}
      />
    </>
  );
}
