// 100 calls in one process: `npm run soak -- calls`.
import { testLeaks } from '../support/leaks.js';

testLeaks(100);
