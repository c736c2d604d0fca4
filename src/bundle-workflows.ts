import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';

/** Bundles the workflows for workers: once by the build, and by whatever runs from the sources. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  return bundleWorkflowCode({
    workflowsPath: beside('./workflows'),
    payloadConverterPath: beside('./workflows/payload-converter'),
    logger: new DefaultLogger('ERROR'),
  });
}
