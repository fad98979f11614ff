/** Jest asks for 100 frames. Random values and tables make errors by the ten thousand, and their frames cost more than the rest. */
Error.stackTraceLimit = 10
