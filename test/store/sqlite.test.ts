import { storeContract } from '../contracts/store.ts';
import { sqlitePlace } from './places.ts';

storeContract('the SQLite store', sqlitePlace);
