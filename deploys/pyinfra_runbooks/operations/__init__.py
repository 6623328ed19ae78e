"""Operations say what should be true of a stack, and do the least that makes it true."""
