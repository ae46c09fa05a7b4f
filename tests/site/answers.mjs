// Answers of the explorers in Pyodide, as the site ships it: node answers.mjs FOLDER CASES > ANSWERS
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${folder}/`, packages: ["scipy"] });
const place = python.runPython("import site; site.getsitepackages()[0]");
python.unpackArchive(new Uint8Array(readFileSync(`${folder}/course.zip`)), "zip", { extractDir: place });
const room = python.pyimport("course.explore.answers");
const cases = JSON.parse(readFileSync(process.argv[3], "utf8"));
process.stdout.write(JSON.stringify(cases.map(([name, state]) => room.answer(name, JSON.stringify(state)))));
