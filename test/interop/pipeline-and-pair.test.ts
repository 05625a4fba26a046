/** PUSH and PULL, PAIR and PAIR with libzmq. */
import { testScenarios } from "../support/interop-scenarios.ts";
import { PythonPeer } from "../support/python.ts";

testScenarios(await PythonPeer.start(), ["PUSH", "PULL", "PAIR"]);
