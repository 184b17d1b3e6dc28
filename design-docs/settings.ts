import type { SettingsDoc } from './docs.ts';

type Defaulted =
  | 'language'
  | 'countdownS'
  | 'languages'
  | 'templates'
  | 'keepShots'
  | 'recentPhotos'
  | 'hotspotPhotos'
  | 'voice';

/** Settings as a booth goes by them: nothing is missing but what means something when it is absent. */
export type Settings = Pick<SettingsDoc, 'greenScreen' | 'pin'> &
  Required<Pick<SettingsDoc, Defaulted | 'filters' | 'dpi'>> & {
    /** Absent until settings came down for the first time. */
    event?: SettingsDoc['event'];
  };

/** What holds when the customer chose nothing; the one place that says so. */
export function withDefaults(settings: SettingsDoc | undefined): Settings {
  const { _id, type, ...chosen } = settings ?? ({} as Partial<SettingsDoc>);
  return {
    language: 'fr',
    countdownS: 3,
    languages: ['fr', 'en'],
    templates: ['full-bleed', 'classic-strip', 'boomerang'],
    keepShots: false,
    recentPhotos: true,
    hotspotPhotos: false,
    voice: true,
    filters: ['none', 'black-and-white'],
    dpi: 300,
    ...chosen,
  };
}
