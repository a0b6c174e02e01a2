// Writes a JSON-LD file as N-Quads, by jsonld.js. Arguments: the folder of node modules, the file. Nothing is fetched.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , modules, file] = process.argv;
const jsonld = createRequire(join(modules, 'any.js'))('jsonld');
const documentLoader = async address => {
  throw new Error(`a reader would have to fetch ${address}`);
};
const document = JSON.parse(readFileSync(file, 'utf-8'));
process.stdout.write(await jsonld.toRDF(document, { format: 'application/n-quads', documentLoader }));
