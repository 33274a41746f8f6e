// 30 calls in one process, for the gate; 100 of them are among the long runs (test/soak/calls.test.ts).
import { testLeaks } from '../support/leaks.js';

testLeaks(30);
