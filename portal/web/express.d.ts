import type { TFunction } from 'i18next';
import type { Account } from '../accounts/accounts.ts';
import type { Language } from '../i18n.ts';
import type { SharedEvent } from '../share/event-links.ts';
import type { Upload } from './upload.ts';

/** What every route finds on `res.locals`, and every view as a variable. */
declare global {
  namespace Express {
    interface Locals {
      /** Who is logged in, if anybody. */
      account: Account | undefined;
      /** The operator who acts for that customer, and until when. */
      actedBy?: { operator: Account; until: Date } | undefined;
      lang: Language;
      t: TFunction;
      /** For `<script nonce>` and `<style nonce>`; new with each answer. */
      nonce: string;
      /** For `<input type="hidden" name="_csrf" value="<%= csrfToken %>">`; made when it is printed. */
      csrfToken: { toString(): string };
      /** The same page in each language. */
      languageLinks: { lang: Language; href: string }[];
      /** Path of this page, to find the current entry of the navigation. */
      path: string;
      /** The event whose link a guest came by. */
      shared?: SharedEvent;
    }
    interface User extends Account {}
    interface Request {
      /** By the name of their field. */
      files?: Record<string, Upload>;
    }
  }
}

declare module 'express-session' {
  interface SessionData {
    /** Set by the session store when the session is read: when it began and when it ends, ISO 8601. */
    createdAt?: string;
    expiresAt?: string;
    passport?: { user?: string };
    /** Where it was begun, for the list of sessions. */
    device?: { agent: string; address: string };
    /** When its owner last proved who she is. ISO 8601. */
    provenAt?: string;
    /** Whose password was right and whose code is still to come, and until when. */
    halfway?: { account: string; until: string };
    /** The customer an operator acts for, and until when. */
    acting?: { account: string; until: string };
    /** A second factor that is being set up, encrypted under the portal's secret. */
    newFactor?: string;
  }
}
