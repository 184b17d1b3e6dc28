import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { openTemplates } from './open-templates.ts';

/** 600 by 400 pixels. */
const SMALL = fileURLToPath(new URL('../../../device/camera/player/coffee.jpg', import.meta.url));

const WORDS = {
  fr: {
    ...{ slant: 'Placer Photo 1 coin par coin', straighten: 'Redresser Photo 1', undo: 'Annuler' },
    ...{ corner: 'Photo 1, coin en haut à gauche', stays: 'Le coin ne va pas plus loin' },
    ...{
      drawn: /Tel que le photomaton/,
      save: 'Enregistrer le brouillon',
      saved: 'Le brouillon est enregistré',
    },
    ...{ add: 'Ajouter une image', soft: 'L’image de fond manquera de netteté sur le papier' },
  },
  en: {
    ...{ slant: 'Place Photo 1 corner by corner', straighten: 'Straighten Photo 1', undo: 'Undo' },
    ...{ corner: 'Photo 1, top left corner', stays: 'The corner goes no further' },
    ...{ drawn: /As the booth prints it/, save: 'Save the draft', saved: 'The draft is saved' },
    ...{ add: 'Add a picture', soft: 'The background picture will look soft on paper' },
  },
} as const;

for (const [lang, viewport] of [
  ['fr', DESKTOP],
  ['en', PHONE],
] as const) {
  test(`on the canvas a photo is placed corner by corner, and a small picture is told of, ${lang}, ${viewport.width} px`, async (t) => {
    const words = WORDS[lang];
    const { page, problems } = await openTemplates(t, lang, { viewport });
    await page.locator('button[name="from"][value="postcard"]').click();
    const status = page.locator('[data-status]');
    const corners = page.locator('[name="slots.0.corners"]');
    const corner = (n: number) => page.locator(`[data-handle="slots.0.corners.${n}"]`);
    const isAt = async (wanted: string, what: string) =>
      assert.equal(await corners.inputValue(), wanted, what);
    /** From one place on the page to another, in its own dots. */
    async function drag(from: [number, number], to: [number, number]): Promise<void> {
      const stage = page.locator('.editor__stage');
      await stage.scrollIntoViewIfNeeded();
      const sheet = (await stage.boundingBox()) ?? assert.fail();
      const at = ([x, y]: [number, number]) =>
        [sheet.x + (x * sheet.width) / 1800, sheet.y + (y * sheet.height) / 1200] as const;
      await page.mouse.move(...at(from));
      await page.mouse.down();
      await page.mouse.move(...at(to), { steps: 5 });
      await page.mouse.up();
    }

    await t.test('it begins where the photo lies', async () => {
      await status.getByText(words.drawn).waitFor();
      await page.locator('[data-element="slots.0"] summary').click();
      await page.getByRole('button', { name: words.slant }).click();
      await corner(3).waitFor({ state: 'attached' });
      await isAt('60 60, 1100 60, 1100 1140, 60 1140', 'its own corners');
    });

    await t.test('keys move one corner', async () => {
      await corner(0).focus();
      for (const key of ['ArrowRight', 'Shift+ArrowDown']) await page.keyboard.press(key);
      await isAt('61 70, 1100 60, 1100 1140, 60 1140', 'by one, and by ten');
      assert.ok((await corner(0).getAttribute('aria-label'))?.startsWith(words.corner));
      await page.keyboard.press('Tab');
      assert.equal(
        await page.evaluate(() => (document.activeElement as HTMLElement).dataset.handle),
        'slots.0.corners.1',
      );
    });

    await t.test('the mouse draws one, and the booth’s picture follows', async () => {
      const drawn = page.waitForResponse((answer) => answer.url().endsWith('/preview') && answer.ok());
      await drag([1100, 60], [980, 215]);
      const [, at = ''] = (await corners.inputValue()).split(', ');
      const [x = 0, y = 0] = at.split(' ').map(Number);
      assert.ok(Math.abs(x - 980) < 8 && Math.abs(y - 215) < 8, at);
      await drawn;
      await status.getByText(words.drawn).waitFor();
      await assertAccessible(page, 'corner by corner', [viewport]);
    });

    await t.test('where no booth could follow it stays, and that is said', async () => {
      const before = (await corners.inputValue()).split(', ');
      await drag([61, 70], [1500, 1000]);
      const after = (await corners.inputValue()).split(', ');
      assert.deepEqual(after.slice(1), before.slice(1));
      const refused = page.getByRole('alert').getByText(words.stays);
      await refused.waitFor();
      await page.keyboard.press('Control+z');
      await refused.waitFor({ state: 'detached' });
      assert.deepEqual((await corners.inputValue()).split(', '), before);
    });

    await t.test('moved as a whole, straight again, and back', async () => {
      const before = await corners.inputValue();
      await page.locator('[data-handle="slots.0"]').focus();
      await page.keyboard.press('Shift+ArrowLeft');
      await isAt(
        before.replaceAll(/(\d+) (\d+)/g, (_, x, y) => `${Number(x) - 10} ${y}`),
        'all four',
      );
      assert.equal(await page.locator('[name="slots.0.x"]').inputValue(), '50');
      const moved = await corners.inputValue();
      await drag([500, 600], [537, 600]);
      assert.notEqual(await corners.inputValue(), moved);
      await page.getByRole('button', { name: words.undo }).click();
      await page.getByRole('button', { name: words.straighten }).click();
      await corner(0).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: words.undo }).click();
      await corner(0).waitFor({ state: 'attached' });
      await page.getByRole('button', { name: words.save }).click();
      await page.getByText(words.saved).waitFor();
      await isAt(moved, 'as it was saved');
    });

    await t.test('a picture that is too small for the paper is taken, and said to be', async () => {
      await page.getByLabel(words.add, { exact: true }).setInputFiles(SMALL);
      await page.locator('[name="place"]').selectOption('background');
      await page.locator('button[value="upload"]').click();
      const soft = page.locator('[data-soft]').getByText(words.soft);
      assert.match((await soft.textContent()) ?? '', /600 × 400 pixels\..* 1800 × 1200\.$/);
      await assertAccessible(page, 'a small picture', [viewport]);
      await page.locator('[name="size.width"]').fill('1790');
      assert.match((await soft.textContent()) ?? '', / 1790 × 1200\.$/, 'while it is typed');
      await page.locator('[name="background.image"]').selectOption('');
      await soft.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: words.undo }).click();
      await soft.waitFor();
      await page.getByRole('button', { name: words.save }).click();
      await page.getByText(words.saved).waitFor();
      await soft.waitFor();
    });
    assert.deepEqual(problems, []);
  });
}
