import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { cx } from './cx';
import styles from './page.module.css';

/** The content of a page of the office: on the sheet, 1044 px wide, margins 24. */
export function Page({ children }: { children: React.ReactNode }) {
  return <div className={styles['page']}>{children}</div>;
}

let pagesSeen = 0;

/**
 * The h1 of a page. It names the browser's tab, and takes the focus when the page was reached by a
 * link, so that a screen reader says where one is; not on the first page, where nobody has moved.
 */
export function PageTitle({ title, hidden }: { title: string; hidden?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · SalesFlow`;
  }, [title]);
  useEffect(() => {
    pagesSeen += 1;
    if (pagesSeen > 1) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={hidden ? 'visually-hidden' : undefined}>
      {title}
    </h1>
  );
}

/** The head of a page: h1 and what it counts, then tabs or a period, then the actions. */
export function PageHeader({
  title,
  counts,
  actions,
  children,
}: {
  title: string;
  counts?: React.ReactNode;
  actions?: React.ReactNode;
  children?: React.ReactNode;
}) {
  return (
    <header className={styles['head']}>
      <div className={styles['words']}>
        <PageTitle title={title} />
        {counts && <p>{counts}</p>}
      </div>
      {children}
      {actions && <div className={styles['actions']}>{actions}</div>}
    </header>
  );
}

/** A part of a page: opens with a 2 px ink rule, no box around it. */
export function Section({
  title,
  note,
  action,
  children,
  className,
}: {
  title: string;
  note?: React.ReactNode;
  action?: React.ReactNode;
  children: React.ReactNode;
  className?: string | undefined;
}) {
  return (
    <section className={cx(styles['section'], className)}>
      <div className={styles['sectionHead']}>
        <h2>{title}</h2>
        <p>{note}</p>
        {action}
      </div>
      {children}
    </section>
  );
}

export interface Tab {
  to: string;
  label: React.ReactNode;
  current: boolean;
}

/** Tabs that are addresses: the view is in the URL. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className={styles['tabs']}>
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          href={tab.to}
          className={styles['tab']}
          aria-current={tab.current ? 'page' : undefined}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
