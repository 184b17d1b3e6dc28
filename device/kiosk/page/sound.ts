import type { Language } from '../../i18n/catalogue.ts';

export interface Sound {
  /** One of the countdown's seconds, `left` before the shot: spoken when there is a voice, else a beep. */
  count(left: number): void;
  shutter(): void;
}

/** Short tones, and the browser's voice. Neither is ever waited for: a mute booth counts all the same. */
export function createSound({
  voice,
  volume,
  language,
}: {
  /** Does the customer want a spoken countdown? */
  voice(): boolean;
  /** In percent. */
  volume(): number;
  language(): Language;
}): Sound {
  let audio: AudioContext | undefined;

  function tone(frequency: number, seconds: number): void {
    if (volume() === 0) return;
    // Browsers let a page sound only after a touch, so the first touch opens it.
    audio ??= new AudioContext();
    // A screen without a loudspeaker has none to resume; the countdown is seen all the same.
    void audio.resume().catch(() => {});
    const oscillator = new OscillatorNode(audio, { frequency, type: 'sine' });
    const loudness = new GainNode(audio, { gain: (0.3 * volume()) / 100 });
    loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
    oscillator.connect(loudness).connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + seconds);
  }

  return {
    count(left) {
      if (!voice() || !speak(String(left), language(), volume() / 100)) tone(left === 1 ? 880 : 660, 0.15);
    },
    shutter: () => tone(1320, 0.35),
  };
}

/** Says it in this language. False when no voice of this machine speaks it. */
function speak(text: string, language: Language, volume: number): boolean {
  const synthesis = window.speechSynthesis as SpeechSynthesis | undefined;
  // A voice that lives in the internet would come too late, or not at all.
  const voice = synthesis?.getVoices().find(({ lang, localService }) => {
    return localService && lang.toLowerCase().startsWith(language);
  });
  if (!synthesis || !voice) return false;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.volume = volume;
  // The number of now is what counts, not one that is still waiting to be said.
  synthesis.cancel();
  synthesis.speak(utterance);
  return true;
}
