/** Texts of the frame around every page. */
export default {
  back: '返回',
  undo: '撤销',
  tabs: {
    label: '主要页面',
    today: '今日',
    households: '农户',
    needs: '诉求',
    village: '村情',
    me: '我的',
    open: '{n} 项待处理',
  },
}
