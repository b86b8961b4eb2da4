import type { Route } from '@/app/routes';

export default {
  path: '/galerie',
  name: 'gallery',
  deed: 'useOwnAccount',
  frame: 'office',
  devOnly: true,
  page: () => import('./GalleryPage'),
} satisfies Route;
