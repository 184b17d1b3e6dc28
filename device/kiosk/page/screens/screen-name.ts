/** Every screen of the page, as its section in the view is called. */
export type ScreenName =
  | 'message'
  | 'hotspot'
  | 'joining'
  | 'code'
  | 'confirm'
  | 'attract'
  | 'choose'
  | 'countdown'
  | 'taken'
  | 'review'
  | 'shot'
  | 'status'
  | 'pin'
  | 'menu'
  | 'camera-test'
  | 'events'
  | 'logs';
