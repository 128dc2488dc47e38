/** Texts of the shared components. */
export default {
  status: {
    offline: '离线',
    syncing: '同步中',
    complete: '已同步 {time}',
    never: '尚未同步',
    failed: '同步未完成',
    unsent: '{n} 条待上传',
    unsentAfter: '条待上传',
    details: '，查看同步详情',
    progress: '正在接收 {done} / {total}',
  },
  mark: {
    phone: '在本机',
    waiting: '服务器待处理',
    server: '已到服务器',
    serverAt: '已到服务器 {time}',
    seen: '{who}已查看 {time}',
  },
  field: {
    none: '未填',
    show: '显示{label}',
    hide: '隐藏{label}',
    yes: '是',
    no: '否',
    call: '拨打 {number}',
  },
  error: {
    title: '没有读出来',
    again: '再试一次',
  },
  id: {
    length: '应为 18 位身份证号，或 20、22 位残疾人证号',
    characters: '含有不该出现的字符',
    area: '前两位不是有效的省份代码',
    birth: '其中的出生日期不存在',
    checksum: '校验码不符，可能有一位写错了',
    disability: '残疾类别或等级代码不对',
    reissue: '补发编号应为 B 加一位数字',
  },
}
