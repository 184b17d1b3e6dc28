export interface Sound {
  /** One of the countdown's beeps, `left` seconds before the shot. */
  beep(left: number): void;
  shutter(): void;
}

/** Short tones. Browsers let a page sound only after a touch, so the first touch opens it. */
export function createSound(): Sound {
  let audio: AudioContext | undefined;

  function tone(frequency: number, seconds: number): void {
    audio ??= new AudioContext();
    // A screen without a loudspeaker has none to resume; the countdown is seen all the same.
    void audio.resume().catch(() => {});
    const oscillator = new OscillatorNode(audio, { frequency, type: 'sine' });
    const volume = new GainNode(audio, { gain: 0.25 });
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + seconds);
  }

  return {
    beep: (left) => tone(left === 1 ? 880 : 660, 0.15),
    shutter: () => tone(1320, 0.35),
  };
}
