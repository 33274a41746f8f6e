// What a scripted person says in a long conversation, and what has to be in the answers.

export interface ScriptedExchange {
  readonly said: string;
  readonly answer: RegExp;
}

const exchange = (said: string, answer: RegExp): ScriptedExchange => ({ said, answer });

export const EXCHANGES: readonly ScriptedExchange[] = [
  exchange('Hello, can you hear me', /hear you|hello/i),
  exchange('My name is Robert', /Robert/),
  exchange('What is the capital of France', /Paris/),
  exchange('How much is seventeen plus twenty five', /42/),
  exchange('What time is it', /It is \d/),
  exchange('What is my name', /Robert/),
  exchange('Count from one to five', /five/i),
  exchange('What is the date', /Today/),
  exchange('How many meters are three kilometers', /3000/),
  exchange('How are you today', /fine/i),
  exchange('What is ten times eleven', /110/),
  exchange('What can you do', /time/),
  exchange('What is the capital of Norway', /Oslo/),
  exchange('Tell me a joke', /\w+/),
  exchange('My favorite color is green', /green/),
  exchange('What is one hundred minus forty', /60/),
  exchange('What did I say before', /hundred|100/),
  exchange('What is my favorite color', /green/),
  exchange('How many minutes are three hours', /180/),
  exchange('Who are you', /Gemini/),
  exchange('What is the capital of Italy', /Rome/),
  exchange('Tell me a short story', /\w+/),
  exchange('Thank you very much', /welcome/),
  exchange('What is ninety divided by three', /30/),
  exchange('Count down from five', /one/i),
  exchange('What is the capital of Japan', /Tokyo/),
  exchange('How many days are two weeks', /14/),
  exchange('Say good morning to everybody', /good morning|hello/i),
  exchange('What is nine plus ten', /19/),
  exchange('What is the date today', /Today/),
  exchange('Do you remember my name', /Robert/),
  exchange('What is the capital of Spain', /Madrid/),
  exchange('What is six times seven', /42/),
  exchange('How many grams are three kilograms', /3000/),
  exchange('Tell me a joke please', /\w+/),
  exchange('What is the capital of Egypt', /Cairo/),
  exchange('What is fifty plus thirty', /80/),
  exchange('What do you know about me', /green|Robert/),
  exchange('Can you still hear me', /hear you/),
  exchange('Good night', /Goodbye/),
];
