/**
 * `zmq-ts/workers`: import it in a page and in its workers, and `Context.share` and `Context.from` join their `inproc://`
 * names. Apart from the main entry, so that other pages need not load it. Outside of browsers it does nothing: there
 * threads are joined without.
 */
import { provideThreads } from "#platform";
import { pageSupport } from "./threads/page-sharing.ts";

provideThreads(pageSupport);
