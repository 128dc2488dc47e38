/** Texts of the frame around every page. */
export default {
  back: 'Back',
  undo: 'Undo',
  tabs: {
    label: 'Main pages',
    today: 'Today',
    households: 'Homes',
    needs: 'Needs',
    village: 'Village',
    me: 'Me',
    open: '{n} to look at',
  },
}
