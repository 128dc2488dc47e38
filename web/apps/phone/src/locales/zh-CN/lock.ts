/** Texts of the locked screen. */
export default {
  title: '已锁定',
  leadPin: '请输入 PIN 码解锁。',
  leadPassphrase: '请输入口令解锁。',
  pin: 'PIN 码',
  passphrase: '口令',
  typed: '{label}，已输入 {n} 位',
  takeBack: '删除一位',
  done: '解锁',
  byPhone: '用指纹、面容或手机锁屏解锁',
  byPhoneFailed: '手机没有给出钥匙，请在下面输入。',
  checking: '正在验证…',
  wait: '已输错 {wrong} 次，请等 {span}再试。',
  wrongBefore: '之前输错过 {n} 次。',
  forgotten: '忘记了？',
  forgottenHelp:
    '没有人能找回 PIN 码或口令，管理员也不能。请联系管理员重新邀请；已上传的记录都在服务器上，没有上传的会丢失。',
}
