import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { categoriesQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { useMay } from '@/auth/useSession';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { FilterSelect } from '@/ui/marks';
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
import { viewsOf } from './view';

/** The shelves of the catalogue: a tree, renamed and moved here. */
export default function CategoriesPage() {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const may = useMay();
  const [asked, setAsked] = useState<Category | 'new'>();
  const { data, error, isPending, refetch } = useQuery(categoriesQuery);
  const { get, set } = useAddress();
  const showsAll = get('montrer') === 'tout';
  const rows = branches((data ?? []).filter((one) => showsAll || !one.archived));
  const archive = useArchiveCategory();
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
          {category.archived && <span className={styles['gone']}> {t('archived_word_f')}</span>}
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
        <span className={styles['deeds']}>
          <Button
            look="link"
            aria-label={t('category_edit_named', { name: category.name })}
            onClick={() => {
              setAsked(category);
            }}
          >
            {common('action.edit')}
          </Button>
          <Button
            look="link"
            aria-label={`${t(category.archived ? 'restore_f' : 'archive')} ${category.name}`}
            disabled={archive.isPending}
            onClick={() => {
              archive.mutate(category);
            }}
          >
            {t(category.archived ? 'restore_f' : 'archive')}
          </Button>
        </span>
      ),
    });
  }
  return (
    <Page>
      <PageHeader
        title={t('categories')}
        counts={data && t('category_count', { count: data.filter((one) => !one.archived).length })}
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
          ...viewsOf(may('readCosts') && may('readAnalytics')).map((view) => ({
            to: view ? `/produits?vue=${view}` : '/produits',
            label: t(`view.${view || 'all'}`),
            current: false,
          })),
          { to: '/produits/categories', label: t('categories'), current: true },
        ]}
      />
      {data?.some((one) => one.archived) && (
        <div className={styles['filters']}>
          <FilterSelect
            label={t('shown_categories')}
            value={showsAll ? 'tout' : ''}
            options={[
              { value: '', label: t('show_used') },
              { value: 'tout', label: t('show_all') },
            ]}
            onChange={(montrer) => {
              set({ montrer });
            }}
          />
        </div>
      )}
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

const archiveCategory = ({ id, version }: Category, archived: boolean) =>
  ok(
    api.PATCH('/api/v1/categories/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body: { archived },
    }),
  );

/** Archives a category, or takes it back; the toast undoes it. One that is in use is refused. */
function useArchiveCategory() {
  const { t } = useTranslation('products');
  const client = useQueryClient();
  const settle = () => client.invalidateQueries({ queryKey: ['categories'] });
  const refuse = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
  };
  return useMutation({
    mutationFn: (category: Category) => archiveCategory(category, !category.archived),
    onSuccess: (changed) => {
      toast(
        t(changed.archived ? 'category_archived' : 'category_restored', { name: changed.name }),
        {
          undo: () => {
            archiveCategory(changed, !changed.archived).catch(refuse).finally(settle);
          },
        },
      );
    },
    onError: refuse,
    onSettled: settle,
  });
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
