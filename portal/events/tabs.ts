/**
 * The pages of an event, in the order of its tabs: the path after `/events/<id>`, and the name of the tab, whose word is
 * `events:tab-<label>`. A view shows them with `include('../events/tabs', { event: event.id, tab: 'settings' })`.
 */
export const EVENT_TABS = [
  { path: '', label: 'photos' },
  { path: '/look', label: 'look' },
  { path: '/booths', label: 'booths' },
  { path: '/sharing', label: 'sharing' },
  { path: '/settings', label: 'settings' },
] as const;
