import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { Component, lazy, Suspense, useEffect, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route as At, Router, Switch, useLocation } from 'wouter';
import { queryClient } from '@/api/queries';
import { useMay, useSession } from '@/auth/useSession';
import { ErrorState, Forbidden, Skeleton } from '@/ui/states';
import { Page, PageHeader } from '@/ui/page';
import { Frame } from './frame/Frame';
import { homeOf, routes, type Route } from './routes';
import { theme } from './theme';

// Made once: a page that is made anew on every render would lose what was typed in it.
const pages = new Map<Route, ComponentType>(routes.map((route) => [route, lazy(route.page)]));

export function App() {
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isGone = false;
    // After the page, and never in its way: without it nothing comes by itself, and that is all.
    import('./live').then(
      ({ startLive }) => {
        if (!isGone) stop = startLive(queryClient);
      },
      () => undefined,
    );
    return () => {
      isGone = true;
      stop?.();
    };
  }, []);
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Router>
          <Pages />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages() {
  const may = useMay();
  const { state, user } = useSession();
  const client = useQueryClient();
  // What one user has read is not shown to the next.
  useEffect(
    () => () => {
      client.clear();
    },
    [client, user?.id],
  );
  return (
    <Switch>
      {routes.map((route) => (
        <At key={route.path} path={route.path}>
          <Guarded route={route} />
        </At>
      ))}
      <At path="/">
        <Redirect to={state === 'out' ? '/connexion' : homeOf(may)} replace />
      </At>
      <At>
        <Missing />
      </At>
    </Switch>
  );
}

/** A page behind its role: to the sign-in for nobody, the reason for who may not see it. */
function Guarded({ route }: { route: Route }) {
  const { state, user } = useSession();
  const may = useMay();
  const { t } = useTranslation();
  const [location] = useLocation();
  const Content = pages.get(route);
  if (!Content) return null;
  if (!route.deed) return <Shown route={route} Content={Content} />;
  // The till stays open when its session ends: an open ticket and what is unsent are kept.
  const stays = state === 'ended' && route.frame === 'till';
  if (!user || (state !== 'in' && !stays)) {
    return <Redirect to={`/connexion?suite=${encodeURIComponent(location)}`} replace />;
  }
  if (!may(route.deed)) {
    return (
      <Frame kind="office">
        <Page>
          <PageHeader title={t(`nav.${route.name}`)} />
          <Forbidden />
        </Page>
      </Frame>
    );
  }
  return <Shown route={route} Content={Content} />;
}

function Shown({ route, Content }: { route: Route; Content: ComponentType }) {
  const content = (
    <Failsafe key={route.path}>
      <Suspense fallback={<Loading frame={route.frame} />}>
        <Content />
      </Suspense>
    </Failsafe>
  );
  return route.frame === 'plain' ? content : <Frame kind={route.frame}>{content}</Frame>;
}

function Loading({ frame }: { frame: Route['frame'] }) {
  if (frame !== 'office') return null;
  return (
    <Page>
      <Skeleton rows={10} widths={[40, 20, 20, 20]} />
    </Page>
  );
}

function Missing() {
  const { t } = useTranslation();
  const { state } = useSession();
  if (state === 'out') return <Redirect to="/connexion" replace />;
  return (
    <Frame kind="office">
      <Page>
        <PageHeader title={t('state.not_found')} />
      </Page>
    </Frame>
  );
}

/** A page that breaks takes only itself down, and says so. */
class Failsafe extends Component<{ children: React.ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page>
        <ErrorState
          error={this.state.error}
          onRetry={() => {
            this.setState({ error: undefined });
          }}
        />
      </Page>
    );
  }
}
