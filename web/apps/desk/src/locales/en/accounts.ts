/** Texts of accounts. */
export default {
  hint: 'Who can sign in at a desk. Phones need no account; they join by invitation.',
  add: 'Open an account',
  search: 'Name or login',
  none: 'No account fits',
  codes: 'One-time codes',
  noTotp: 'No one-time codes',
  codesLeft: 'Set up, {n} recovery codes left',
  locked: 'Held until {time} after wrong attempts',
  link: 'Link',
  linkTitle: 'Single sign-on of {name}',
  linkSaid:
    'What “{issuer}” calls this person; signing in there opens this account. Left empty, the link goes and their sessions end.',
  subject: 'Name at the single sign-on',
  reset: 'Reset',
  remove: 'Remove',
  removed: 'Removed',
  removeTitle: 'Remove the account of {name}',
  removeSaid: 'They cannot sign in at a desk any more and are signed out now. The person and their phones stay.',
  addSaid:
    'The first password, one-time codes and recovery codes are made and shown once. Print them and hand them over.',
  resetSaid:
    'New password, one-time codes and recovery codes are made; the old ones stop working, and they are signed out everywhere.',
  loginHint: '3 to 64 letters, digits or . _ -',
  sheetTitle: 'Sign-in sheet of {name}',
  sheetHint: 'Shown this once. Print it and hand it over in person.',
  sheetGone: 'It will not be shown again. Close?',
  totp: 'One-time codes',
  totpHint:
    'Scan this with the authenticator app on the phone. From then on, signing in asks for the six digits it shows.',
  totpKey: 'Without a camera, type this key:',
  totpQr: 'QR code of the one-time codes',
  recovery: 'Recovery codes',
  recoveryHint:
    'Without the phone, one of these stands in for a one-time code, each once. Keep them apart from the password.',
}
