/** Texts of the link of this desk to the server. */
export default {
  live: '实时，{time} 起',
  heard: '最近更新 {time}',
  offline: '离线，显示的是 {time} 的内容',
  trying: '正在连接…',
  loading: '正在准备…',
  progress: '正在装入 {done} / {total}',
  failed: '记录暂时打不开，稍后自动再试',
  unsent: '{n} 条待上传',
  leaveTitle: '还有 {n} 条没有上传',
  leaveSaid: '现在退出，这台电脑上的内容会全部清除，这 {n} 条会丢失。请等连上服务器、上传完成后再退出。',
  leaveAnyway: '放弃并退出',
  stay: '先不退出',
}
