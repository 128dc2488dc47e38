/** Texts of signing in. */
export default {
  welcome: 'Administration of village assistance',
  login: 'Login',
  password: 'Password',
  code: 'One-time code',
  codeHint: 'Six digits from the authenticator on your phone; without the phone, one of your recovery codes.',
  signIn: 'Sign in',
  signOut: 'Sign out',
  help: 'Accounts are opened by an administrator, who also resets a forgotten password or a lost authenticator.',
  againTitle: 'Sign in again',
  againSaid: 'Your session has ended. What you typed is still here; sign in to go on.',
  stepUpTitle: 'Confirm your identity',
  stepUpSaid:
    '{name}, this needs your password and a one-time code once more. You will not be asked again for five minutes.',
  confirm: 'Confirm',
  idle: 'Nothing has happened for a while: you will be signed out in {minutes} min.',
  stay: 'Stay signed in',
  listHint:
    'Your account is signed in here. End what you do not know, and ask an administrator to reset your password.',
  browser: 'Browser',
  thisOne: 'This one',
  since: 'Signed in',
  lastUsed: 'Last used',
  until: 'Ends at the latest',
  end: 'End',
}
