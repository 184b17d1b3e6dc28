import type { Request, Response } from 'express';
import { toString as drawQr } from 'qrcode';

/** Nothing that the booth shows is longer; a longer text would make a code too fine to be read. */
const MAX_LENGTH = 512;

/** `GET /api/qr?text=…`: a QR code as SVG, black on white with its quiet zone. */
export async function sendQr(req: Request, res: Response): Promise<void> {
  const { text } = req.query;
  if (typeof text !== 'string' || text === '' || text.length > MAX_LENGTH) {
    res.status(400).type('text').send('text: 1 to 512 characters');
    return;
  }
  const svg = await drawQr(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
  res.set('Cache-Control', 'no-store').type('svg').send(svg);
}
