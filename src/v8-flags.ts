import { setFlagsFromString } from 'node:v8';

// V8's optimising compiler may inline calls from JavaScript into WebAssembly. When such a call is thrown out again
// (Deoptimizer::DoComputeBuiltinContinuation), Node 20 aborts the whole process: exit code 133, no error to catch.
// The flag holds for code compiled after it was set, so this is the first import of whatever runs Cedar.
setFlagsFromString('--no-turbo-inline-js-wasm-calls');
