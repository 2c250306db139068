/** The CSV options of a job's parameters: what the client left out is the default (contract §4.7). */
import type { SelectParameters } from "../domain/select-parameters.ts";
import {
  type CsvInput,
  type CsvOutput,
  DEFAULT_CSV_INPUT,
  DEFAULT_CSV_OUTPUT,
  findFileHeaderInfo,
  findQuoteFields,
} from "./csv/csv-options.ts";

/** How the archive is read. The words of `parameters` must have been checked. */
export function csvInputOf({ inputSerialization }: SelectParameters): CsvInput {
  const csv = inputSerialization?.csv;
  const defaults = DEFAULT_CSV_INPUT;
  return {
    fieldDelimiter: csv?.fieldDelimiter ?? defaults.fieldDelimiter,
    recordDelimiter: csv?.recordDelimiter ?? defaults.recordDelimiter,
    quoteCharacter: csv?.quoteCharacter ?? defaults.quoteCharacter,
    quoteEscapeCharacter: csv?.quoteEscapeCharacter ?? defaults.quoteEscapeCharacter,
    fileHeaderInfo: findFileHeaderInfo(csv?.fileHeaderInfo ?? "") ?? defaults.fileHeaderInfo,
    ...(csv?.comments === undefined ? {} : { comments: csv.comments }),
  };
}

/** How the results are written; likewise. */
export function csvOutputOf({ outputSerialization }: SelectParameters): CsvOutput {
  const csv = outputSerialization?.csv;
  const defaults = DEFAULT_CSV_OUTPUT;
  return {
    fieldDelimiter: csv?.fieldDelimiter ?? defaults.fieldDelimiter,
    recordDelimiter: csv?.recordDelimiter ?? defaults.recordDelimiter,
    quoteCharacter: csv?.quoteCharacter ?? defaults.quoteCharacter,
    quoteEscapeCharacter: csv?.quoteEscapeCharacter ?? defaults.quoteEscapeCharacter,
    quoteFields: findQuoteFields(csv?.quoteFields ?? "") ?? defaults.quoteFields,
  };
}
