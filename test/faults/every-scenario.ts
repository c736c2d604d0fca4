// All scenarios one after the other, on one shop: several shops at once, each under load, are more than a small machine has to give.
// Not import() of what is in the folder: Mocha loads tests by require, and they would get another copy of every module, clean-ups included.
import './clocks.test.ts';
import './connections.test.ts';
import './expiry-race.test.ts';
import './kills.test.ts';
import './lost-temporal.test.ts';
import './messages.test.ts';
import './outages.test.ts';
import './overload.test.ts';
import './product-cache.test.ts';
import './shutdown.test.ts';
import './soak.test.ts';
import './stack.test.ts';
