import { Link } from 'wouter';
import { routes } from '@/app/routes';
import { useMay } from '@/auth/useSession';

/** A link to another page where there is one that this role may see; else the words alone. */
export function PageLink({
  to,
  className,
  children,
}: {
  to: string;
  className?: string | undefined;
  children: React.ReactNode;
}) {
  const may = useMay();
  const path = to.replace(/[?#].*$/, '');
  const found = routes.find((route) => route.path === path);
  if (!found || (found.deed && !may(found.deed))) return <>{children}</>;
  return (
    <Link href={to} className={className}>
      {children}
    </Link>
  );
}
