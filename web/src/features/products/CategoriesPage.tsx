import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok } from '@/api/client';
import { categoriesQuery } from '@/api/queries';
import { useMay } from '@/auth/useSession';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Tabs } from '@/ui/page';
import { SelectField } from '@/ui/SelectField';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import styles from './products.module.css';
import form from './form.module.css';
import { ifMatch } from './queries';
import { branches, categoryOptions, within, type Branch, type Category } from '@/shop/categories';
import { VIEWS } from './view';

/** The shelves of the catalogue: a tree, renamed and moved here. */
export default function CategoriesPage() {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const may = useMay();
  const [asked, setAsked] = useState<Category | 'new'>();
  const { data, error, isPending, refetch } = useQuery(categoriesQuery);
  const rows = branches(data ?? []);
  const columns: Column<Branch>[] = [
    {
      key: 'name',
      head: t('category'),
      rowHead: true,
      cell: ({ category, depth }) => (
        <span style={{ paddingLeft: depth * 24 }}>
          <Link href={`/produits?categorie=${category.id}`} className={styles['name']}>
            {category.name}
          </Link>
        </span>
      ),
    },
  ];
  if (may('changeCatalogue')) {
    columns.push({
      key: 'edit',
      head: <span className="visually-hidden">{common('action.edit')}</span>,
      figure: true,
      cell: ({ category }) => (
        <Button
          look="link"
          aria-label={t('category_edit_named', { name: category.name })}
          onClick={() => {
            setAsked(category);
          }}
        >
          {common('action.edit')}
        </Button>
      ),
    });
  }
  return (
    <Page>
      <PageHeader
        title={t('categories')}
        counts={data && t('category_count', { count: data.length })}
        actions={
          may('changeCatalogue') && (
            <Button
              look="ink"
              onClick={() => {
                setAsked('new');
              }}
            >
              <IconPlus size={18} stroke={1.8} aria-hidden />
              {t('category_new')}
            </Button>
          )
        }
      />
      <Tabs
        label={t('views')}
        tabs={[
          ...VIEWS.map((view) => ({
            to: view ? `/produits?vue=${view}` : '/produits',
            label: t(`view.${view || 'all'}`),
            current: false,
          })),
          { to: '/produits/categories', label: t('categories'), current: true },
        ]}
      />
      <div style={{ maxWidth: 620, marginTop: 12 }}>
        <Table<Branch>
          caption={t('categories')}
          columns={columns}
          rows={rows}
          rowKey={({ category }) => category.id}
          instead={
            isPending ? (
              <Skeleton rows={8} widths={[80, 20]} />
            ) : error && !data ? (
              <ErrorState error={error} onRetry={() => void refetch()} />
            ) : rows.length === 0 ? (
              <NoRecords title={t('no_categories')}>{t('no_categories_why')}</NoRecords>
            ) : undefined
          }
        />
      </div>
      {asked && (
        <CategoryDialog
          category={asked === 'new' ? undefined : asked}
          categories={data ?? []}
          onClose={() => {
            setAsked(undefined);
          }}
        />
      )}
    </Page>
  );
}

function CategoryDialog({
  category,
  categories,
  onClose,
}: {
  category: Category | undefined;
  categories: readonly Category[];
  onClose: () => void;
}) {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(category?.name ?? '');
  const [parent, setParent] = useState(category?.parent_id ?? '');
  const errors = useFieldErrors(['name', 'parent_id']);
  const own = category ? within(categories, category.id) : new Set<string>();
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), parent_id: parent || null };
      return category
        ? ok(
            api.PATCH('/api/v1/categories/{id}', {
              params: { path: { id: category.id }, header: ifMatch(category.version) },
              body,
            }),
          )
        : ok(api.POST('/api/v1/categories', { body }));
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ['categories'] });
      toast(t('category_saved', { name: saved.name }));
      onClose();
    },
    onError: errors.take,
  });
  return (
    <Dialog title={category ? t('category_edit') : t('category_new')} opened onClose={onClose}>
      <form
        className={styles['bulkForm']}
        onSubmit={(event) => {
          event.preventDefault();
          errors.clear();
          if (!save.isPending) save.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <TextField
          label={t('name')}
          required
          maxLength={100}
          data-autofocus
          autoComplete="off"
          {...(errors.at('name') && { error: errors.at('name') })}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <div className={form['pair']}>
          <SelectField
            label={t('category_parent')}
            {...(errors.at('parent_id') && { error: errors.at('parent_id') })}
            value={parent}
            options={[
              { value: '', label: t('category_top') },
              ...categoryOptions(categories).filter(({ value }) => !own.has(value)),
            ]}
            onChange={setParent}
          />
        </div>
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" aria-busy={save.isPending}>
            {common('action.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
