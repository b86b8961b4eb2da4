import type { Words } from '@/i18n/words';
import type fr from './words.fr';

export default {
  title: 'Sign in',
  email: 'E-mail address',
  password: 'Password',
  caps: 'Caps Lock is on.',
  submit: 'Sign in',
  busy: 'Signing in…',
  forgotten: 'Forgotten your password? Ask the owner, who gives you a new one.',
  otp: 'Code of your app',
  otp_hint: 'Six digits, or a recovery code.',
  other: 'Sign in as somebody else',
  wait: 'Try again in {{time}}.',
  reachable: 'Server reachable',
  unreachable: 'Server not reachable',
  first: 'First start? Open the shop',
  tagline: 'The till and the ledger of your shop',
  kept_one: '{{count}} sale of this till waits to be sent. Sign in to send it.',
  kept_other: '{{count}} sales of this till wait to be sent. Sign in to send them.',
} satisfies Words<typeof fr>;
