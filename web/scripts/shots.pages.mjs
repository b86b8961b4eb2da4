// The pages that are photographed: a name, an address, who looks, and what is done before.
export const pages = [
  { name: 'login', path: '/connexion' },
  { name: 'setup', path: '/ouverture?code=x', full: true },
  { name: 'profile', path: '/profil', role: 'admin', full: true },
];
