import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useAddress } from '@/app/useAddress';
import { setBusy } from '@/app/version';
import { api, ok } from '@/api/client';
import { asProblem, problemSentence, type Problem } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { currentLanguage } from '@/i18n';
import { Button } from '@/ui/Button';
import { Segments } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { importQuery, KINDS, sendFile, type Import, type ImportKind } from './api';
import { DropZone } from './DropZone';
import styles from './imports.module.css';
import { Steps } from './Steps';
import { Take } from './Take';

/** The first step: what the file holds, and the file; and the imports that were made or are open. */
export default function ImportsPage() {
  const { t } = useTranslation('imports');
  const { get, set } = useAddress();
  const [, go] = useLocation();
  const client = useQueryClient();
  const kind = KINDS.find((one) => one === get('quoi')) ?? 'products';
  const [refused, setRefused] = useState<Problem>();
  const send = useMutation({
    mutationFn: (file: File) => sendFile(kind, file),
    onMutate: () => {
      setRefused(undefined);
      setBusy('import', true);
    },
    onSuccess: (made) => {
      client.setQueryData(importQuery(made.id).queryKey, made);
      void client.invalidateQueries({ queryKey: ['imports', 'list'] });
      go(`/import/${made.id}`);
    },
    onError: (failure) => {
      setRefused(asProblem(failure));
    },
    onSettled: () => {
      setBusy('import', false);
    },
  });
  return (
    <Page>
      <PageHeader
        title={t('title')}
        counts={t('counts')}
        actions={
          <>
            {kind === 'products' && <OwnProducts />}
            <Take
              path={`/api/v1/imports/templates/${kind}.xlsx?lang=${currentLanguage()}`}
              name={`${kind}.xlsx`}
            >
              {t('template')}
            </Take>
          </>
        }
      />
      <Steps current="fichier" />
      <div className={styles['file']}>
        <div>
          <h2 className={styles['question']}>{t('what')}</h2>
          <Segments<ImportKind>
            label={t('what')}
            value={kind}
            options={KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
            onChange={(quoi) => {
              setRefused(undefined);
              set({ quoi: quoi === 'products' ? '' : quoi });
            }}
          />
          <p className={styles['about']}>{t(`about.${kind}`)}</p>
          <DropZone
            busy={send.isPending ? t('sending') : undefined}
            onFile={(file) => {
              send.mutate(file);
            }}
          />
          {refused && (
            <Notice alert title={problemSentence(refused)}>
              {refused.errors[0]?.detail ?? refused.message}
            </Notice>
          )}
        </div>
        <p className={styles['promise']}>{t('promise')}</p>
      </div>
      <Imports />
    </Page>
  );
}

/** The shop's own products are a model of a file too: filled in, to be changed in a spreadsheet. */
function OwnProducts() {
  const { t } = useTranslation('imports');
  const may = useMay();
  if (!may('exportData')) return null;
  return (
    <Take path={`/api/v1/exports/products.xlsx?locale=${currentLanguage()}`} name="articles.xlsx">
      {t('own_products')}
    </Take>
  );
}

function Imports() {
  const { t } = useTranslation('imports');
  const { t: common } = useTranslation();
  const imports = useInfiniteQuery({
    queryKey: ['imports', 'list'],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/imports', {
          params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = imports.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={t('list')} note={t('list_note')}>
      <Table<Import>
        caption={t('list')}
        rows={rows}
        rowKey={(one) => one.id}
        columns={[
          {
            key: 'file',
            head: t('file'),
            rowHead: true,
            cell: (one) => <Link href={`/import/${one.id}`}>{one.file_name}</Link>,
          },
          { key: 'kind', head: t('kind_head'), cell: (one) => t(`kind.${one.kind}`) },
          { key: 'state', head: t('state_head'), cell: (one) => t(`state.${one.state}`) },
          ...(['new', 'changed', 'error'] as const).map((state) => ({
            key: state,
            head: t(`rows.${state}`),
            figure: true,
            cell: (one: Import) =>
              one.counts[state] === 0 ? '–' : formatQuantity(one.counts[state]),
          })),
          {
            key: 'when',
            head: t('sent'),
            figure: true,
            quiet: true,
            cell: (one) => formatMoment(one.created_at),
          },
        ]}
        instead={
          imports.isPending ? (
            <Skeleton rows={4} widths={[30, 15, 15, 10, 10, 10, 10]} />
          ) : imports.error && !imports.data ? (
            <ErrorState error={imports.error} onRetry={() => void imports.refetch()} />
          ) : rows.length === 0 ? (
            <NoRecords title={t('none')}>{t('none_why')}</NoRecords>
          ) : undefined
        }
      />
      {imports.hasNextPage && (
        <Button look="link" onClick={() => void imports.fetchNextPage()}>
          {common('action.more')}
        </Button>
      )}
    </Section>
  );
}
