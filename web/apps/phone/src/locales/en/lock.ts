/** Texts of the locked screen. */
export default {
  title: 'Locked',
  leadPin: 'Enter your PIN to unlock.',
  leadPassphrase: 'Enter your passphrase to unlock.',
  pin: 'PIN',
  passphrase: 'Passphrase',
  typed: '{label}, {n} digits typed',
  takeBack: 'Delete a digit',
  done: 'Unlock',
  byPhone: 'Unlock by fingerprint, face or screen lock',
  byPhoneFailed: 'The phone gave no key; use the way below.',
  checking: 'Checking…',
  wait: 'Wrong {wrong} times. Wait {span} before the next try.',
  wrongBefore: 'Wrong {n} times before.',
  forgotten: 'Forgotten?',
  forgottenHelp:
    'Nobody can recover a PIN or passphrase, not even the administrator. Ask to be invited again; what was sent is on the server, what was not is lost.',
}
